"""Appointments, the seats they take, and the hours a practitioner keeps."""
