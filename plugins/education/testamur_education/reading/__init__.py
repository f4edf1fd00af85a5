"""From files as they come to rows: answers of learners, passages and questions, grades."""
