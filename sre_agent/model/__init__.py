"""Opens the chat model where one is configured; LangChain defines the contract. Without one the product works whole."""
