"""`usher bench cluster`: three nodes, a killed leader, a partitioned node; what is lost and how long nobody writes."""
