"""The affiliation (组织关系) of a member handed from one branch to another: the sender answers until it is taken."""
