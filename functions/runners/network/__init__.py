"""What the runners that speak to other hosts share: which addresses they may reach, and how they connect."""
