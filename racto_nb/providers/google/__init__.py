"""Google's Gemini models, through the Developer API."""
