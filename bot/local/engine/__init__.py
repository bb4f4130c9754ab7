"""A small OpenAI-compatible server that really writes with, and really fine-tunes, a language model on this machine.

It is its own process and knows nothing of the bot: any OpenAI-compatible client talks to it. PyTorch and the model
libraries are imported only where a model is loaded, so the package itself works without them.
"""
