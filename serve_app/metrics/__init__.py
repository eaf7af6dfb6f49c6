"""What the service counts, through Ray's metrics, and the node's metrics page.

A replica's own numbers reach Ray's agent on its node; the agent exports those of all
replicas there. Ray writes every name with the prefix ``ray_``.
"""
