"""The web console for secretaries and county staff: pages over the services of the features, no writing of its own."""
