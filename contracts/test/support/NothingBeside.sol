// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice Anybody's: makes a call, and a Transfer of nothing out of the callee before and after it. A token asks no
/// allowance for nothing, and writes it down like any other Transfer.
contract NothingBeside {
    error CallFailed();

    /// @param token The ERC-20 that writes the Transfers down.
    /// @param callee From whom nothing is moved, and who is called.
    /// @param call What is called.
    function make(IERC20 token, address callee, bytes calldata call) external {
        _nothing(token, callee);
        (bool isDone,) = callee.call(call);
        if (!isDone) revert CallFailed();
        _nothing(token, callee);
    }

    function _nothing(IERC20 token, address from) private {
        token.transferFrom(from, msg.sender, 0);
    }
}
