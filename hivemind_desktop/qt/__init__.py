"""The window and the tray: the only room with QtGui, QtWidgets and pyqtgraph. It sees a port, never an adapter."""
