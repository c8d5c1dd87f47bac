import { Application } from 'moebi'
import app from '../src/application.ts'

// As mix test does: the application of the project runs during the tests.
await Application.start(app)
