import { loadNative } from './native-library.js';

/** absl::SetMinLogLevel, as TensorFlow 2.20 has it, and absl::LogSeverityAtLeast::kError. */
const SET_MIN_LOG_LEVEL = 'void _ZN4absl12lts_2025012714SetMinLogLevelENS0_18LogSeverityAtLeastE(int)';
const ERROR = 2;

/**
 * Lets TensorFlow's server say errors only. It writes where it listens to standard error by absl's log, which
 * `TF_CPP_MIN_LOG_LEVEL` does not reach. Another version than 2.20 may go on writing it.
 * @param framework path of libtensorflow_framework
 */
export function quietServer(framework: string): void {
  const library = loadNative(framework, { global: true });
  try {
    library.func(SET_MIN_LOG_LEVEL)(ERROR);
  } catch {
    // No such function: another version of absl.
  }
}
