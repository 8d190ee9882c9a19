"""The headless front-end: no window, no QtGui."""
