"""The frame around every page: navigation, status bar, messages."""
