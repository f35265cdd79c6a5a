"""Other tools' files to definitions of services: values in, values out."""
