"""What is wrong with a rule set, one kind of fault a module; rules.check puts them together."""
