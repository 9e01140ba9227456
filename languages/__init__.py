"""The languages of what people read: texts that can say themselves in another language, and the catalogues."""
