"""Rules that watch a trend, and the events they find.

Knows the totals of a measure by hour and nothing of the posts behind them; what is to be told
outside goes to :mod:`serve_app.webhooks`.
"""
