"""The calls of the contract, one file for each service: check what came, ask the board, await the disk, answer."""
