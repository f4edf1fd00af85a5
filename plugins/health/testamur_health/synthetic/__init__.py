"""Makes exports in the form of the Health app. SYNTHETIC: nobody's data, made from a seed."""
