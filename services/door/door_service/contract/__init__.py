"""The whole contract as pages for partners, worked out of models, lists and examples; they work without script."""
