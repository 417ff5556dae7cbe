"""Networks that run elsewhere: a client for their servers, and readers that step with them."""
