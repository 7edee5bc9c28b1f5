"""Is the person in the photo the one on the ID card? And is the file a photo that the platform takes?"""
