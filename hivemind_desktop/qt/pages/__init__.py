"""The pages, each built when it is first opened."""
