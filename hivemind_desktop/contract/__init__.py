"""What master and worker agree on. Pure: standard library only, no clock, no disk, no network."""
