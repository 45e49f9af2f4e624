import {
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  IntegerOutOfRangeError,
  InvalidBytesBooleanError,
} from 'viem';

const ANSWERS = [
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  AbiDecodingZeroDataError,
  AbiDecodingDataSizeTooSmallError,
  InvalidBytesBooleanError,
  IntegerOutOfRangeError,
];
/** Data that points outside itself: viem does not export these. */
const UNFIT: ReadonlySet<string> = new Set([
  'PositionOutOfBoundsError',
  'NegativeOffsetError',
  'RecursiveReadLimitExceededError',
]);
const isAnswer = (cause: unknown): boolean =>
  cause instanceof Error && (UNFIT.has(cause.name) || ANSWERS.some((kind) => cause instanceof kind));

/** Null where the contract refuses the question, or answers nothing that fits it. Throws where the node gives no answer. */
export async function optional<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BaseError && error.walk(isAnswer)) return null;
    throw error;
  }
}
