"""What is handed out: plots and reports. Values go in, text comes out; nothing here reads a file or a database."""
