"""The portal: pages for jurors, officers and everybody."""
