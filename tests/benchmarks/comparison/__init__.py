"""Controllers side by side on the same simulated seconds: scenarios, plant, figures and gates."""
