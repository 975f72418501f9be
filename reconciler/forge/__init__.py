"""The wing that speaks to a forge. Its only inputs are documents of other jobs, and the environment.

Comments, issues, labels and pull requests live here. No provider is called and no plan is made. `pipeline` and this
wing do not import each other.
"""
