// This file runs before each test file.
