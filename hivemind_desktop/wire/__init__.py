"""Generated protobuf code and its conversion to the records of the contract; imported by link/ and master/ only."""
