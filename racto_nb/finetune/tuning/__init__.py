"""Train with a dataset: jobs at OpenAI and on Vertex AI, and folders for trainers on a machine of your own."""
