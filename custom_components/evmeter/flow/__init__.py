"""What the config flow is made of: forms, the live look at the mains, and the flow that adds a charger."""
