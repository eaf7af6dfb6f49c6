"""How rules and corrections change each section of an answer; a module for each analysis."""
