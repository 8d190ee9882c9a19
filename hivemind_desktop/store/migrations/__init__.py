"""Numbered scripts: place n in a tuple brings a database from version n to n + 1. A script that was released is never changed."""
