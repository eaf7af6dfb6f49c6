"""What people put right: corrections of single answers, and rules for all posts of a workspace.

What a model said is never overwritten. Corrections are laid over it where it is read, and what a
post is found and counted by follows from the corrected answer.
"""
