"""The engine's side of a run: Docker types stay in here, and the docker module is first loaded at the first run."""
