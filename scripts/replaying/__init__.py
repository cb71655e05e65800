"""A recorded history of the mains, replayed: what the balancer would have done.

``recording`` is what files are read into, ``house`` what the house alone drew, ``loop`` the simulated charger
and car under the balancer, ``figures`` what came of it, and ``report`` and ``picture`` what people see of it.
"""
