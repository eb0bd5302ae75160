"""The statute book: what an award demands, as data that is read strictly and compiled once."""
