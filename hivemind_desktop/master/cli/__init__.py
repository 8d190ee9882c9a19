"""The commands of `hivemind-master`: each a small file, imported only when it is the one that was typed."""
