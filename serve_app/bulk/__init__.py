"""``postlens bulk``: folders of posts to folders of analysed posts, as a pipeline of Ray Data.

Files are read in parts, each part is analysed by one actor and written as one file, under its
name only when it is whole. A part that is there already is not done again.
"""
