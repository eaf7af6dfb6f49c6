"""``postlens doctor``: what of this machine the service needs, whether it is there, and
what to do where it is not.
"""
