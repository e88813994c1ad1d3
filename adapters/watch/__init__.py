"""What must hold whatever happens, looked at in production: rules, who looks at them, and what was seen."""
