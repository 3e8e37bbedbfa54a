"""Members of whom activities and study ask nothing by force (clause 23): old, ill or disabled; why is sealed."""
