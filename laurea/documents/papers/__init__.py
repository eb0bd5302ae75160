"""What is printed for those who hold a label: certificates and letters of thanks. Values go in, a PDF comes out."""
