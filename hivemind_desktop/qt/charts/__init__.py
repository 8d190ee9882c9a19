"""Charts: `figures` says what is drawn, `plot` draws it. Only `plot` imports pyqtgraph, and only the seen dashboard imports `plot`."""
