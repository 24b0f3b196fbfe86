"""`usher bench kill`: book while processes die, networks break and the cinema misbehaves; then count."""
