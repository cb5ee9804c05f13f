"""Chat models asked by the batch, at half the price: jobs, their requests and results, and the money they hold."""
