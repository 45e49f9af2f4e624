import {
  AbiDecodingDataSizeTooSmallError,
  AbiDecodingZeroDataError,
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
} from 'viem';

const ANSWERS = [
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  AbiDecodingZeroDataError,
  AbiDecodingDataSizeTooSmallError,
];

/** Null where the contract refuses the question, or answers nothing that fits it. Throws where the node gives no answer. */
export async function optional<T>(ask: () => Promise<T>): Promise<T | null> {
  try {
    return await ask();
  } catch (error) {
    const isAnswer = error instanceof BaseError && error.walk((cause) => ANSWERS.some((kind) => cause instanceof kind));
    if (isAnswer) return null;
    throw error;
  }
}
