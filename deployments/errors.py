"""What can go wrong in an analysis.

    AnalysisError
    ├── InvalidLanguageRules  a language's folder lacks a file, or says what it must not
    ├── ModelMissing          a model's folder or file is not there
    ├── ModelMismatch         a model's file is not the released one, not whole, or fits no other
    ├── PackageMissing        a package that only an optional backend needs is not installed
    └── UnknownAnalysis       a name that no analysis has

Every class takes its message as the one positional argument, so that it can be
pickled between replicas (keyword-only arguments cannot be: the caller would
see a bare failure).
"""


class AnalysisError(Exception):
    """An analysis could not be done."""


class InvalidLanguageRules(AnalysisError):
    """A language's folder lacks a file, or something in it is wrong."""


class ModelMissing(AnalysisError):
    """A model's folder or file is not where the configuration says it is."""


class ModelMismatch(AnalysisError):
    """A model's file is not the released one, is not whole, or does not fit the model's others."""


class PackageMissing(AnalysisError):
    """A package that only the configured backend needs is not installed."""


class UnknownAnalysis(AnalysisError):
    """No analysis has that name."""
