"""What the two GitHub runners share: pages, rate limits and the fields that every request has."""
