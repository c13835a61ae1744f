"""The vectors by kind, one module each; every module has `vectors(material)`."""
