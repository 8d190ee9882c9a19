"""The commands a person types: thin, each reads or posts through the port and says one clear line."""
