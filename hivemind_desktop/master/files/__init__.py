"""Files by content hash and logs by offset, on the disk below the data folder. Everything here blocks: call it in a thread."""
