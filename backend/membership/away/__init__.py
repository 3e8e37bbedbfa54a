"""Members away from home (流动党员): one record a stay, kept by two branches; contact, watch, hand-over."""
